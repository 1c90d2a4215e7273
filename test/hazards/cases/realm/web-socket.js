// expect: error WebSocket is not defined
return new WebSocket("ws://127.0.0.1/");
