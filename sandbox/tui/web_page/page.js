// Give the app the keys without a click, at the start and whenever the tab is looked at again.
"use strict";

function takeKeys() {
  const input = document.querySelector(".xterm-helper-textarea");
  if (input !== null) {
    input.focus();
  }
}

const watcher = new MutationObserver(() => {
  if (document.body.classList.contains("-first-byte")) {
    watcher.disconnect();
    takeKeys();
  }
});
watcher.observe(document.body, { attributes: true });
window.addEventListener("focus", takeKeys);
