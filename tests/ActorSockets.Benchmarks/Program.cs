using System.CommandLine;
using ActorSockets.Benchmarks.Subjects.DotNet;

return await new RootCommand { new ServeCommand() }.Parse(args).InvokeAsync();
