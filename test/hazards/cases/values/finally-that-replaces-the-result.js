// expect: error instead
try {
  return 1;
} finally {
  throw new Error("instead");
}
