// expect: success 1
/// <reference path="/etc/passwd" />
return 1;
