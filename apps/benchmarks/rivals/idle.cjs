// What a child does that does nothing for long.
setInterval(() => {}, 600_000);
