"use strict";
// Replaces the figures every two seconds while the page is seen.
const INTERVAL_MS = 2000;
const main = document.querySelector("main");
const connection = document.getElementById("connection");

async function refresh() {
  // What somebody has selected stays.
  if (document.hidden || String(getSelection()) !== "") return;
  try {
    const answer = await fetch("live", { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    main.innerHTML = await answer.text();
    connection.textContent = "";
  } catch {
    connection.textContent = "The program does not answer: it has ended, or the network is down. These are the last figures.";
  }
}

async function keepUp() {
  await refresh();
  setTimeout(keepUp, INTERVAL_MS);
}

document.addEventListener("visibilitychange", refresh);
setTimeout(keepUp, INTERVAL_MS);
