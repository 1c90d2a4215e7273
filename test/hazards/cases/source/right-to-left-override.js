// expect: success
return "‮" + 1;
