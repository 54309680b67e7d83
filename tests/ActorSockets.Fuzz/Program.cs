return ActorSockets.Fuzz.FuzzCommand.Run(args);
