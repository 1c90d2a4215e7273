// expect: success 1
return 1; <!-- }); for (;;);
