// expect: success "undefined}); for(;;); (async function($0){"
return `${(() => { })()}` + "}); for(;;); (async function($0){";
