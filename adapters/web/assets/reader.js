// The outline of a policy is open where it stands beside the text.
"use strict";
(() => {
  const outline = document.querySelector(".outline");
  if (outline && matchMedia("(min-width: 72rem)").matches) outline.open = true;
})();
