// expect: success | error
return import.meta.url;
