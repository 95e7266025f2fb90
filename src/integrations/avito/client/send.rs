//! Sending (docs/avito-api.md 4.5, 4.6, 4.8). Nothing here is ever repeated by itself: after an error that
//! [`ApiError::may_be_done`] whoever sent looks at the newest messages first.

use std::time::Duration;

use reqwest::header;
use serde_json::json;

use super::{Again, Client, segment};
use crate::integrations::avito::error::ApiError;
use crate::integrations::avito::pace::Group;
use crate::integrations::avito::wire::Message;

/// Longest text, in code points.
pub const TEXT_MAX: usize = 1000;
/// Largest picture.
pub const PICTURE_MAX: usize = 24 * 1024 * 1024;
/// Longest time of an upload.
const UPLOAD: Duration = Duration::from_secs(120);

impl Client {
    /// Sends a text of at most [`TEXT_MAX`] code points; gives the message as Avito keeps it.
    ///
    /// # Errors
    /// In words.
    pub async fn send_text(&self, chat: &str, text: &str) -> Result<Message, ApiError> {
        let length = text.chars().count();
        if length == 0 || length > TEXT_MAX {
            return Err(ApiError::NotAllowed(format!("В сообщении должно быть от 1 до {TEXT_MAX} символов")));
        }
        let url = self.url(&format!(
            "/messenger/v1/accounts/{}/chats/{}/messages",
            self.user_id().await?,
            segment(chat)
        ));
        let said = json!({ "type": "text", "message": { "text": text } });
        let answer = self.ask(Group::Send, Again::Never, |http| http.post(&url).json(&said)).await?;
        Message::of(&answer).ok_or_else(|| ApiError::Strange("нет сообщения в ответе".to_owned()))
    }

    /// Uploads a picture (JPEG, PNG, GIF, BMP, HEIC); gives the id to send it by.
    ///
    /// # Errors
    /// In words.
    pub async fn upload_image(&self, name: &str, kind: &str, bytes: &[u8]) -> Result<String, ApiError> {
        if bytes.is_empty() || bytes.len() > PICTURE_MAX {
            return Err(ApiError::NotAllowed("Авито принимает картинки до 24 МБ".to_owned()));
        }
        let url = self.url(&format!("/messenger/v1/accounts/{}/uploadImages", self.user_id().await?));
        let (content_type, body) = one_file(name, kind, bytes);
        let asked = self.ask(Group::Send, Again::Never, |http| {
            let request = http.post(&url).header(header::CONTENT_TYPE, &content_type);
            request.timeout(UPLOAD).body(body.clone())
        });
        let answer = asked.await?;
        let id = answer.as_object().and_then(|fields| fields.keys().next().cloned());
        id.ok_or_else(|| ApiError::Strange("нет картинки в ответе".to_owned()))
    }

    /// Sends an uploaded picture; gives the message as Avito keeps it.
    ///
    /// # Errors
    /// In words.
    pub async fn send_image(&self, chat: &str, image: &str) -> Result<Message, ApiError> {
        let url = self.url(&format!(
            "/messenger/v1/accounts/{}/chats/{}/messages/image",
            self.user_id().await?,
            segment(chat)
        ));
        let said = json!({ "image_id": image });
        let answer = self.ask(Group::Send, Again::Never, |http| http.post(&url).json(&said)).await?;
        Message::of(&answer).ok_or_else(|| ApiError::Strange("нет сообщения в ответе".to_owned()))
    }

    /// Deletes a message of ours that is not older than an hour.
    ///
    /// # Errors
    /// In words.
    pub async fn delete_message(&self, chat: &str, message: &str) -> Result<(), ApiError> {
        let url = self.url(&format!(
            "/messenger/v1/accounts/{}/chats/{}/messages/{}",
            self.user_id().await?,
            segment(chat),
            segment(message)
        ));
        self.ask(Group::Send, Again::Never, |http| http.post(&url)).await.map(|_| ())
    }
}

/// The one form with a file Avito takes: its content type and its bytes.
fn one_file(name: &str, kind: &str, bytes: &[u8]) -> (String, Vec<u8>) {
    let boundary = format!("callcentre-{:032x}", rand::random::<u128>());
    let plain = |text: &str| text.chars().filter(|c| !c.is_control() && *c != '"').collect::<String>();
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"uploadfile[]\"; filename=\"{}\"\r\nContent-Type: {}\r\n\r\n",
        plain(name),
        plain(kind)
    );
    let body = [head.as_bytes(), bytes, format!("\r\n--{boundary}--\r\n").as_bytes()].concat();
    (format!("multipart/form-data; boundary={boundary}"), body)
}
