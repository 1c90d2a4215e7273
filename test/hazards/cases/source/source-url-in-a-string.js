// expect: success "//# sourceURL=script.js"
return "//# sourceURL=script.js";
