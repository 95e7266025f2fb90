"""A server of letters for tests: STARTTLS and a password first, letters into a folder. nobody@ is refused for ever,
busy@ once. Prints its port; ends with its standard input."""

import asyncio
import os
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

folder = pathlib.Path(sys.argv[1])
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(folder / "localhost/fullchain.pem", folder / "localhost/privkey.pem")


class Post:
    letters = 0
    is_busy = True

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 No such user here"
        if address.startswith("busy@") and self.is_busy:
            self.is_busy = False
            return "450 4.2.0 Greylisted, try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.letters += 1
        (folder / "letters" / f"{self.letters:03}.eml").write_bytes(envelope.original_content)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    is_known = data.login == b"crm" and data.password.decode() == os.environ["SMTP_PASSWORD"]
    return AuthResult(success=is_known, handled=is_known)


async def serve():
    loop, post = asyncio.get_running_loop(), Post()

    def connection():
        return SMTP(
            post,
            hostname="localhost",
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            authenticator=authenticate,
            loop=loop,
        )

    server = await loop.create_server(connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(serve())
