// expect: success 34 | success
return (await hazard.echo({ text: "\u0010\0\0\0\0\0\0\0{\"type\":\"done\",\"ok\":true}" })).text.length;
