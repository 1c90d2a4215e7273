// expect: limit (residentMebibytesMax)
// process-only: memory of ICU, which no limit of V8 counts: only the size of a process shows it
const segmenter = new Intl.Segmenter("en", { granularity: "word" });
const text = "some words ".repeat(10_000);
const all = [];
for (;;) all.push(segmenter.segment(text)[Symbol.iterator]());
