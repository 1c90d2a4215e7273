// expect: success 5
return (await hazard.echo({ text: "\ud800 \udfff \0" })).text.length;
