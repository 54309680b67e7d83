using ActorSockets.Conformance.Host;

return await ConformanceHost.RunAsync(args);
