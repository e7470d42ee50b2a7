// One script tag in any page shows the chat in its corner:
//   <script src="https://WENCE/widget.js" defer></script>
// The server must allow the page's origin: wence serve --embed https://www.example.gov.cn
// A page with a Content-Security-Policy must allow the server in turn, nothing else:
//   script-src https://WENCE; frame-src https://WENCE
"use strict";
(() => {
  const here = document.currentScript;
  if (!here || document.getElementById("wence-widget")) return;
  const server = new URL(here.src).origin, label = here.dataset.label || "政策咨询";
  const host = document.createElement("div");
  host.id = "wence-widget";
  const root = host.attachShadow({ mode: "open" });
  // Styles are set by script, for a page may forbid inline ones.
  const make = (tag, styles) => {
    const e = document.createElement(tag);
    Object.assign(e.style, styles);
    return e;
  };
  const button = make("button", {
    position: "fixed", right: "1rem", bottom: "1rem", zIndex: "2147483000", minHeight: "3rem", padding: "0 1.2rem", border: "0", borderRadius: "1.5rem",
    background: "#0f5296", color: "#fff", font: "16px/1.5 \"PingFang SC\", \"Microsoft YaHei\", \"Noto Sans CJK SC\", sans-serif", cursor: "pointer", boxShadow: "0 2px 10px rgba(0,0,0,.25)",
  });
  button.type = "button";
  button.textContent = label;
  button.setAttribute("aria-expanded", "false");
  const frame = make("iframe", {
    position: "fixed", right: "1rem", bottom: "4.75rem", zIndex: "2147483000", width: "min(26rem, calc(100vw - 2rem))", height: "min(40rem, calc(100vh - 6rem))", colorScheme: "light dark",
    border: "1px solid #c5ccd3", borderRadius: "12px", background: "#fff", boxShadow: "0 6px 30px rgba(0,0,0,.25)", display: "none",
  });
  frame.title = label;
  const toggle = (open) => {
    if (open && !frame.src) frame.src = server + "/embed";
    frame.style.display = open ? "block" : "none";
    button.setAttribute("aria-expanded", String(open));
    button.textContent = open ? "收起" : label;
    (open ? frame : button).focus();
  };
  const close = () => { if (frame.style.display !== "none") toggle(false); };
  button.addEventListener("click", () => toggle(frame.style.display === "none"));
  root.addEventListener("keydown", (e) => { if (e.key === "Escape") close(); });
  // Keys do not leave a frame: the chat says when Escape was pressed in it.
  addEventListener("message", (e) => { if (e.source === frame.contentWindow && e.origin === server && e.data === "wence:escape") close(); });
  if ("adoptedStyleSheets" in root) { // what takes a rule: a policy against inline styles does not forbid it
    const rules = new CSSStyleSheet();
    rules.replaceSync(`
      button:focus-visible { outline: 3px solid #0f5296; outline-offset: 3px; }
      @media (max-width: 30rem) { iframe { inset: 0 0 auto !important; width: 100% !important; height: calc(100vh - 4.25rem) !important; height: calc(100dvh - 4.25rem) !important; border-radius: 0 !important; border: 0 !important; } button { bottom: .6rem !important; } }
      @media print { :host { display: none; } }`);
    root.adoptedStyleSheets = [rules];
  }
  root.append(frame, button);
  document.body.append(host);
})();
