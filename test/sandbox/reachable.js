// Runs in the sandbox: walks every object that a script can reach, and returns a line for each: `path (kind) < prototype: keys`. A function
// with nothing of its own is not worth a line: it stands among the keys of what holds it, as `name()`.
const paths = new Map();
const queue = [];
const lines = [];

function visit(path, value) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || paths.has(value))
    return;
  paths.set(value, path);
  queue.push(value);
}

const shown = (key) => (typeof key === 'symbol' ? `[${key.description}]` : key);
const inside = (path, key) =>
  path === 'globalThis' ? shown(key) : `${path}${typeof key === 'symbol' ? '' : '.'}${shown(key)}`;

/** The key as it is shown, with what stands behind it. */
function follow(path, key, { get, set, value }) {
  visit(`get ${inside(path, key)}`, get);
  visit(`set ${inside(path, key)}`, set);
  visit(inside(path, key), value);
  if (get || set) return `${[get && 'get', set && 'set'].filter(Boolean).join('/')} ${shown(key)}`;
  return `${shown(key)}${typeof value === 'function' ? '()' : typeof value === 'object' && value !== null ? '{}' : ''}`;
}

function walk(object) {
  const path = paths.get(object);
  const prototype = Object.getPrototypeOf(object);
  visit(`prototype of ${path}`, prototype);
  const keys = Reflect.ownKeys(object);
  const seen = keys.map((key) => follow(path, key, Reflect.getOwnPropertyDescriptor(object, key)));
  const isPlain =
    typeof object === 'function' &&
    prototype === Function.prototype &&
    keys.every((key) => key === 'length' || key === 'name');
  if (isPlain) return;
  const kind = Object.prototype.toString.call(object).slice(8, -1);
  const below = prototype === null ? 'null' : paths.get(prototype);
  lines.push(`${path} (${kind}) < ${below}: ${seen.sort().join(', ')}`);
}

visit('globalThis', globalThis);
// By their usual names, although other ways lead to them first.
visit('Object.prototype', Object.prototype);
visit('Function.prototype', Function.prototype);
visit('TypedArray', Object.getPrototypeOf(Uint8Array));
visit('TypedArray.prototype', Object.getPrototypeOf(Uint8Array.prototype));
visit('GeneratorFunction.prototype', Object.getPrototypeOf(generator));
visit(
  'AsyncFunction.prototype',
  Object.getPrototypeOf(async () => {}),
);
visit('AsyncGeneratorFunction.prototype', Object.getPrototypeOf(asyncGenerator));
while (queue.length > 0) walk(queue.shift());

// What no property leads to: it takes syntax, or a call.
class Derived extends Object {
  #secret = 1;
  static read(one) {
    return one.#secret;
  }
}
const thrownBy = (work) => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};
const rejectedBy = (promise) =>
  promise.then(
    (value) => value,
    (error) => error,
  );
function* generator() {
  yield 1;
}
async function* asyncGenerator() {
  yield 1;
}
const call = files.read({ a: [{}] });
const controller = new AbortController();
const seeds = {
  'a function': () => {},
  'an arrow function': () => {},
  'an async function': async () => {},
  'a generator function': generator,
  'a generator': generator(),
  'what a generator yields': generator().next(),
  'an async generator function': asyncGenerator,
  'an async generator': asyncGenerator(),
  'what an async generator yields': await asyncGenerator().next(),
  'the promise of an async generator': asyncGenerator().next(),
  'a class': Derived,
  'an instance': new Derived(),
  arguments: (function () {
    // biome-ignore lint/complexity/noArguments: this is what is looked at
    return arguments;
  })(1),
  'a template': ((strings) => strings)`a${1}b`,
  'an array iterator': [1].values(),
  'a map iterator': new Map([[1, 2]]).entries(),
  'a set iterator': new Set([1]).values(),
  'a string iterator': 'a'[Symbol.iterator](),
  'a regular expression': /a/dgv,
  'an iterator of matches': 'a'.matchAll(/a/g),
  'a match': /(?<name>a)/d.exec('a'),
  'an iterator helper': [1].values().map((one) => one),
  'a wrapped iterator': Iterator.from({ next() {} }),
  segments: new Intl.Segmenter('en').segment('a b'),
  'an iterator of segments': new Intl.Segmenter('en').segment('a b')[Symbol.iterator](),
  'a segment': new Intl.Segmenter('en').segment('a b').containing(0),
  'parts of a number': new Intl.NumberFormat('en').formatToParts(1),
  'what Intl resolved': new Intl.DateTimeFormat('en').resolvedOptions(),
  'a bound Intl method': new Intl.NumberFormat('en').format,
  'a revocable proxy': Proxy.revocable({}, {}),
  'an error of V8': thrownBy(() => null.x),
  'an error of the parser': thrownBy(() => new RegExp(input.pattern)),
  'an error of JSON': thrownBy(() => JSON.parse('{')),
  'an error of Intl': thrownBy(() => new Intl.Locale('x y')),
  'the end of the stack': thrownBy(function deeper() {
    return deeper();
  }),
  'an error from a string of code': thrownBy(() => Function('1')),
  'an error of import()': await rejectedBy(import('x')),
  'an error of require': thrownBy(() => require('x')),
  'a captured stack': (() => {
    const holder = {};
    Error.captureStackTrace(holder);
    return holder;
  })(),
  'a call': call,
  'the value of a call': await call,
  'a raw call': files.read.raw({}),
  'the value of a raw call': await files.read.raw({}),
  'a failed call': await rejectedBy(files.fail({})),
  'a call of a tool that is not there': files.no_such_tool,
  'a tool': files.read,
  'a tool by its flat name': files__read,
  'a server': files,
  'an error of a server': thrownBy(() => {
    files.read = 1;
  }),
  'a timer': setTimeout(() => {}, 1),
  'an interval': (() => {
    const timer = setInterval(() => {}, 1_000);
    clearInterval(timer);
    return timer;
  })(),
  'a controller': controller,
  'a signal': controller.signal,
  'an aborted signal': AbortSignal.abort(),
  'the reason of an abort': AbortSignal.abort().reason,
  'an event': await new Promise((resolve) => {
    controller.signal.addEventListener('abort', resolve);
    controller.abort();
  }),
  'what onStop gives': onStop(() => {}),
  'what onStop gives for a list': await onStop([]),
  'a URL': new URL('http://a/?b=c'),
  'the query of a URL': new URL('http://a/?b=c').searchParams,
  'an iterator of a query': new URLSearchParams('a=b').entries(),
  'an error of URL': thrownBy(() => new URL('x')),
  'an error of atob': thrownBy(() => atob('*')),
  'an error of TextDecoder': thrownBy(() => new TextDecoder('no-such-encoding')),
  'an error of structuredClone': thrownBy(() => structuredClone(() => {})),
  'a clone of an error': structuredClone(new TypeError('a')),
  'encoded text': new TextEncoder().encode('a'),
  'where encoding ended': new TextEncoder().encodeInto('a', new Uint8Array(1)),
  'random bytes': crypto.getRandomValues(new Uint8Array(1)),
  'the input': input,
};
for (const [path, value] of Object.entries(seeds)) visit(path, value);
while (queue.length > 0) walk(queue.shift());
