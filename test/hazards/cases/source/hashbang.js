// expect: success 1
#!/usr/bin/env node
return 1;
