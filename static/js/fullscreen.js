// [data-fullscreen="ID"] shows that element on the whole screen.
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-fullscreen]");
    if (button) document.getElementById(button.dataset.fullscreen)?.requestFullscreen?.();
  });
})();
