using ActorSockets.Benchmarks.Subjects.DotNet;

namespace ActorSockets.Benchmarks.Subjects;

/// <summary>A server in this program itself.</summary>
internal sealed class DotNetToolchain(string name) : Toolchain
{
    protected override IReadOnlyList<string> Make(string folder) => ["dotnet", typeof(DotNetToolchain).Assembly.Location, ServeCommand.Word, name];
}
