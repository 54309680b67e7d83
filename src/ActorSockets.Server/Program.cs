using ActorSockets.Server.Commands;

return await ServerCommandLine.InvokeAsync(args);
