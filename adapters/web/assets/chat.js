// The chat page works as a form. This makes it answer in place: blocks are appended as
// they come, votes and tickets change their buttons, and the policy opens beside.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const form = $("ask"), text = $("question"), turns = $("turns"), status = $("status");
  if (!form || !turns || !window.EventSource) return;
  const conversation = form.elements.conversation;
  const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

  const say = (words, failed) => {
    status.textContent = words;
    status.classList.toggle("failed", Boolean(failed));
  };

  const post = async (url, fields, headers) => {
    fields.set("conversation", conversation.value);
    const r = await fetch(url, { method: "POST", body: new URLSearchParams(fields), headers: { Accept: "application/json", ...headers } });
    const body = await r.json().catch(() => ({}));
    if (!r.ok) throw Object.assign(new Error([body.title, body.hint].filter(Boolean).join("：") || "没有发出去，请再试一次。"), { status: r.status });
    return body;
  };

  // turn appends an empty turn for a question and returns its answer.
  const turn = (question) => {
    const article = document.createElement("article"), h = document.createElement("h2"), you = document.createElement("span"), answer = document.createElement("div");
    article.className = "turn";
    article.tabIndex = -1;
    h.id = "q-" + newKey();
    article.setAttribute("aria-labelledby", h.id);
    h.className = "question";
    you.className = "hidden";
    you.textContent = "您问：";
    h.append(you, question);
    answer.className = "answer live";
    article.append(h, answer);
    turns.append(article);
    document.querySelector(".welcome")?.remove();
    document.querySelector(".chat > h1")?.classList.add("hidden");
    $("anew")?.removeAttribute("hidden");
    bring(article);
    return answer;
  };

  // bring keeps the question at the top while its answer grows, until the reader scrolls.
  let away = false;
  for (const gesture of ["wheel", "touchmove", "pointerdown", "keydown"]) addEventListener(gesture, () => { away = true; }, { passive: true, capture: true }); // before Enter sends
  const bring = (article) => {
    away = false;
    article.scrollIntoView({ block: "start" });
  };

  // receive appends the blocks of an answer. EventSource comes back by itself, with the
  // number of the last block, when the connection is lost.
  const receive = (url, answer) => new Promise((resolve, reject) => {
    const source = new EventSource(url);
    let last = 0, lost = 0;
    const append = (e) => {
      const n = Number(e.lastEventId);
      if (n <= last) return;
      last = n;
      lost = 0;
      answer.insertAdjacentHTML("beforeend", e.data); // made by the server's templates, which escape
      if (!away) bring(answer.parentElement);
    };
    source.addEventListener("block", append);
    source.addEventListener("done", (e) => { append(e); source.close(); resolve(); });
    source.addEventListener("failed", (e) => { source.close(); reject(new Error(e.data)); });
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED && ++lost < 20) return say("连接断了，正在重新连接…");
      source.close();
      reject(Object.assign(new Error("连接断了。"), { again: last === 0 }));
    });
  });

  // copy puts an answer into the clipboard, as plain text with its address. The old way is
  // for pages without TLS and for frames, where the new one is not allowed.
  const copy = async (button) => {
    const words = button.dataset.copy + "\n" + new URL(button.closest(".actions").querySelector(".permalink").href);
    const old = () => {
      const area = document.createElement("textarea");
      area.value = words;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      button.focus();
      return done;
    };
    const done = await navigator.clipboard?.writeText(words).then(() => true, () => false) || old();
    say(done ? "已复制。" : "复制不了，请选中文字再复制。", !done);
  };
  document.documentElement.classList.add("script");
  turns.addEventListener("click", (e) => {
    const button = e.target.closest("[data-copy]");
    if (button) copy(button);
  });

  // count says how much is written once that is near the most that can be sent. Nothing is
  // cut: what was pasted stays, and is not sent until it is short enough.
  const counter = $("count"), most = Number(text.dataset.most);
  const count = () => {
    const n = [...text.value.trim()].length, over = n > most;
    counter.hidden = n <= most * 0.9;
    counter.textContent = over ? `已写 ${n} 字，最多 ${most} 字，请删去 ${n - most} 字再发送。` : `已写 ${n} 字，最多 ${most} 字。`;
    counter.classList.toggle("failed", over);
    text.setAttribute("aria-invalid", String(over));
    return over;
  };

  let asking = false, last = "";
  const ask = async (question) => {
    question = question.trim();
    if (!question || asking) return;
    if (question === text.value.trim() && count()) {
      say(counter.textContent, true);
      return text.focus();
    }
    asking = true;
    last = question;
    // A follow-up follows what this page shows, not what another tab has asked since.
    const shown = [...turns.querySelectorAll(".turn[id]")].map((t) => t.id.slice(2)).slice(-5).join(" ");
    const key = newKey(), answer = turn(question);
    if (matchMedia("(pointer: coarse)").matches) text.blur(); // the keyboard would cover the answer
    text.value = "";
    count();
    say("正在查阅政策原文…");
    try {
      for (let tries = 1; ; tries++) {
        try {
          // The key makes sending again harmless: the same question is answered once.
          const sent = await post("/chat", new Map([["question", question], ["shown", shown]]), { "Idempotency-Key": key });
          answer.parentElement.id = "a-" + sent.answer_id;
          await receive(sent.events, answer);
          break;
        } catch (e) {
          if (tries >= 4 || !(e.again || e instanceof TypeError)) throw e;
          say("连接断了，正在重新发送…");
          await new Promise((r) => setTimeout(r, 1000 * tries));
        }
      }
      say("");
      listen(); // a person may have been asked for
    } catch (e) {
      say(e.message, true);
      if (!answer.childElementCount) answer.parentElement.remove();
      text.value = question;
      text.focus();
    } finally {
      asking = false;
    }
  };

  // What persons answer to a ticket comes while the page is open. Its conversation has one
  // stream, opened with the first ticket.
  let replies = null;
  const listen = () => {
    const ticket = turns.querySelector(".ticket[data-replies]");
    if (!ticket || replies) return;
    replies = new EventSource(ticket.dataset.replies);
    replies.addEventListener("reply", (e) => {
      const box = document.createElement("template");
      box.innerHTML = e.data; // made by the server's templates, which escape
      const reply = box.content.querySelector(".turn");
      if ($(reply.id)) return;
      turns.append(reply);
      say("工作人员已答复。");
      if (!asking && !text.value) bring(reply);
    });
  };
  listen();

  // Where there is a keyboard one can type at once, and a conversation goes on at its end.
  if (!location.hash) {
    turns.lastElementChild?.scrollIntoView({ block: "start" });
    if (matchMedia("(pointer: fine)").matches) text.focus({ preventScroll: true });
  }

  form.addEventListener("submit", (e) => {
    e.preventDefault();
    ask(e.submitter?.name === "question" ? e.submitter.value : text.value);
  });
  text.addEventListener("input", () => {
    if (!text.value.trim()) text.value = ""; // without the line that Enter may have begun
    if (!count() && status.classList.contains("failed")) say("");
  });
  text.addEventListener("keydown", (e) => {
    // While a Chinese input method composes, Enter chooses a word.
    if (e.key === "Enter" && !e.shiftKey && !e.isComposing && e.keyCode !== 229) {
      e.preventDefault();
      form.requestSubmit();
    }
    if (e.key === "ArrowUp" && !text.value && last) { // the last question, to ask it in other words
      e.preventDefault();
      text.value = last;
    }
  });

  turns.addEventListener("submit", async (e) => {
    const f = e.target.closest(".actions form");
    if (!f) return;
    e.preventDefault();
    const actions = f.closest(".actions"), wasReason = f.classList.contains("reason");
    const fields = new Map(new FormData(f, e.submitter));
    try {
      const got = await post(f.getAttribute("action"), fields);
      actions.insertAdjacentHTML("afterend", got.html);
      const now = actions.nextElementSibling;
      actions.remove();
      listen();
      const next = now.querySelector(".reason input:not([type=hidden])");
      if (next && !wasReason) next.focus();
      else now.querySelector("button")?.focus();
      say(now.querySelector(".ticket") && f.action.endsWith("/handover") ? "已登记转人工。" : "评价已记下。");
    } catch (err) {
      say(err.message, true);
    }
  });

  // In another site's page Escape closes the chat: widget.js listens.
  if (parent !== window && document.body.classList.contains("embedded")) {
    document.addEventListener("keydown", (e) => { if (e.key === "Escape" && !e.isComposing) parent.postMessage("wence:escape", "*"); });
  }

  // The policy beside the chat, where there is room; else it opens as a page.
  const beside = $("beside"), frame = $("beside-frame");
  if (!beside) return;
  let from = null;
  turns.addEventListener("click", (e) => {
    const a = e.target.closest("a[data-beside]");
    if (!a || e.ctrlKey || e.metaKey || e.shiftKey || e.button || !matchMedia("(min-width: 62.01rem)").matches) return;
    e.preventDefault();
    const url = new URL(a.href);
    url.searchParams.set("view", "beside");
    frame.src = url.href;
    beside.hidden = false;
    from = a;
    frame.focus();
  });
  const close = () => {
    beside.hidden = true;
    frame.src = "about:blank";
    from?.focus();
  };
  $("beside-close").addEventListener("click", close);
  const escape = (e) => { if (e.key === "Escape" && !beside.hidden) close(); };
  document.addEventListener("keydown", escape);
  frame.addEventListener("load", () => {
    const inside = frame.contentDocument;
    if (!inside || inside.URL === "about:blank") return;
    inside.addEventListener("keydown", escape); // keys do not leave a frame
    const url = new URL(inside.URL);
    url.searchParams.delete("view");
    $("beside-open").href = url.href;
  });
})();
