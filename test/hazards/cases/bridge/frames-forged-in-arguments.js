// expect: success 33
return (await hazard.echo({ text: "\u0010\0\0\0\0\0\0\0{\"type\":\"done\",\"ok\":true}" })).text.length;
