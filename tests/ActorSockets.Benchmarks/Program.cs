using ActorSockets.Benchmarks.Commands;
using ActorSockets.Benchmarks.Subjects.DotNet;

var root = new BenchmarkCommand().Create();
root.Subcommands.Add(new ServeCommand());
return await root.Parse(args).InvokeAsync();
