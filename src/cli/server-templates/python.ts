/** A small MCP server in Python, as `new server` writes it: the standard library alone, so that there is nothing to install. */
import type { ServerTemplate } from './typescript.ts';

export function pythonServer(name: string, transport: 'stdio' | 'http', port: number): ServerTemplate {
  return {
    files: {
      'tools.py': tools(name),
      'server.py': transport === 'stdio' ? stdioMain : httpMain(port),
      'test_server.py': test,
    },
    command: [process.platform === 'win32' ? 'python' : 'python3', 'server.py'],
    setUp: [],
    test: 'python3 -m unittest',
  };
}

function tools(name: string): string {
  return `"""The tools of this server, and the answers to an MCP client's requests."""

import json

NAME = ${JSON.stringify(name)}
PROTOCOL_VERSIONS = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]


def greet(arguments):
    return {"greeting": f"Hello, {arguments['name']}!"}


TOOLS = {
    "greet": {
        "call": greet,
        "definition": {
            "name": "greet",
            "title": "Greet somebody",
            "description": "Greets somebody by name.",
            "inputSchema": {
                "type": "object",
                "properties": {"name": {"type": "string", "description": "Who is greeted"}},
                "required": ["name"],
            },
            "outputSchema": {
                "type": "object",
                "properties": {"greeting": {"type": "string"}},
                "required": ["greeting"],
            },
            "annotations": {"readOnlyHint": True, "openWorldHint": False},
        },
    },
}


def answer(message):
    """The response to one JSON-RPC message, or None where it wants none."""
    if "id" not in message or "method" not in message:
        return None
    method, params = message["method"], message.get("params") or {}
    if method == "initialize":
        asked = params.get("protocolVersion")
        version = asked if asked in PROTOCOL_VERSIONS else PROTOCOL_VERSIONS[0]
        return result(
            message,
            {
                "protocolVersion": version,
                "capabilities": {"tools": {}},
                "serverInfo": {"name": NAME, "version": "0.1.0"},
            },
        )
    if method == "ping":
        return result(message, {})
    if method == "tools/list":
        return result(message, {"tools": [tool["definition"] for tool in TOOLS.values()]})
    if method == "tools/call":
        return call(message, params)
    return error(message, -32601, f"There is no method {method}.")


def call(message, params):
    tool = TOOLS.get(params.get("name"))
    if tool is None:
        return error(message, -32602, f"There is no tool {params.get('name')}; there are: {', '.join(TOOLS)}.")
    try:
        value = tool["call"](params.get("arguments") or {})
    except Exception as failure:  # what a tool raises is its answer, for the model to read
        text = f"{type(failure).__name__}: {failure}"
        return result(message, {"content": [{"type": "text", "text": text}], "isError": True})
    text = json.dumps(value, ensure_ascii=False)
    return result(message, {"content": [{"type": "text", "text": text}], "structuredContent": value})


def result(message, value):
    return {"jsonrpc": "2.0", "id": message["id"], "result": value}


def error(message, code, text):
    return {"jsonrpc": "2.0", "id": message["id"], "error": {"code": code, "message": text}}
`;
}

const stdioMain = `"""Serves MCP over stdin and stdout: print to stderr, never to stdout."""

import json
import sys

from tools import answer

for line in sys.stdin:
    if not line.strip():
        continue
    response = answer(json.loads(line))
    if response is not None:
        print(json.dumps(response), flush=True)
`;

function httpMain(port: number): string {
  return `"""Serves MCP over HTTP, on this machine only."""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tools import answer

PORT = int(os.environ.get("PORT", "${port}"))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        # A web page of somebody else must not reach what listens on this machine.
        if self.headers.get("Origin"):
            return self.reply(403)
        if self.path != "/mcp":
            return self.reply(404)
        response = answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        return self.reply(202) if response is None else self.reply(200, response)

    def do_GET(self):
        self.reply(405)

    def reply(self, status, value=None):
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        if body:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
    print(f"listening on http://127.0.0.1:{PORT}/mcp", file=sys.stderr, flush=True)
    server.serve_forever()
`;
}

const test = `import unittest

from tools import answer


class GreetTest(unittest.TestCase):
    def call(self, name, arguments):
        params = {"name": name, "arguments": arguments}
        return answer({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})

    def test_greets(self):
        result = self.call("greet", {"name": "Ada"})["result"]
        self.assertEqual(result["structuredContent"], {"greeting": "Hello, Ada!"})

    def test_a_failure_is_an_answer(self):
        self.assertTrue(self.call("greet", {})["result"]["isError"])

    def test_an_unknown_tool_is_an_error(self):
        self.assertEqual(self.call("nothing", {})["error"]["code"], -32602)


if __name__ == "__main__":
    unittest.main()
`;
