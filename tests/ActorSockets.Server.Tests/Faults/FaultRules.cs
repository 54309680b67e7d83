using System.IO.MemoryMappedFiles;
using ActorSockets.Server.Tests.Support;

namespace ActorSockets.Server.Tests.Faults;

/// <summary>The rules by which the calls of a program with the <see cref="FaultShim"/> fail. Both have the file mapped: a change is in force at once.</summary>
internal sealed class FaultRules : IDisposable
{
    /// <summary>Instead of an errno: one byte is received or sent, of all that could be.</summary>
    public const int Short = -1;

    // As shim/faults.h has it: call, permille, what, unused, hits.
    private const int Count = 16;
    private const int Size = 24;
    private const int PermilleOffset = 4;
    private const int WhatOffset = 8;
    private const int HitsOffset = 16;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _rules;

    private FaultRules(string path)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.CreateNew, null, Count * Size);
        _rules = _file.CreateViewAccessor();
    }

    /// <summary>Starts the program with the shim and without a rule, and returns when everything is bound.</summary>
    /// <param name="servers">What stands in <c>actor-sockets.servers</c>.</param>
    /// <param name="others">What stands beside it.</param>
    /// <param name="logLevel">What is logged.</param>
    public static async Task<(ServerProcess Server, FaultRules Rules)> StartAsync(string servers, string others = "", string logLevel = "INFO")
    {
        var shim = await FaultShim.PathAsync();
        var directory = new TempDirectory();
        var path = directory.PathTo("faults.rules");
        var rules = new FaultRules(path);
        var config = directory.Write("test.conf", $"actor-sockets {{\n{others}\nservers {{\n{servers}\n}}\n}}\nakka.loglevel = {logLevel}\n");
        return (await ServerProcess.StartAsync(
            directory, directory.Path, [$"LD_PRELOAD={shim}", $"FAULTS={path}", "dotnet", Build.ServerAssembly, "--config", config], "env"), rules);
    }

    /// <summary>From now on the call fails.</summary>
    /// <inheritdoc cref="Add(FaultCall, int, int)"/>
    public FaultRule Add(FaultCall call, int permille, LinuxError error) => Add(call, permille, (int)error);

    /// <summary>From now on the call goes wrong.</summary>
    /// <param name="call">Which.</param>
    /// <param name="permille">How often.</param>
    /// <param name="what">An errno, or <see cref="Short"/>; of the clock, by how many seconds it is wrong.</param>
    /// <returns>The rule, until it is disposed of.</returns>
    public FaultRule Add(FaultCall call, int permille, int what)
    {
        for (var number = 0; number < Count; number++)
        {
            if (_rules.ReadInt32((number * Size) + PermilleOffset) == 0)
            {
                _rules.Write(number * Size, (int)call);
                _rules.Write((number * Size) + WhatOffset, what);
                _rules.Write((number * Size) + HitsOffset, 0L);
                Thread.MemoryBarrier();
                _rules.Write((number * Size) + PermilleOffset, permille);
                return new FaultRule(this, number);
            }
        }

        throw new InvalidOperationException("there are no more rules");
    }

    public void Dispose()
    {
        _rules.Dispose();
        _file.Dispose();
    }

    /// <summary>A rule that is in force.</summary>
    /// <param name="rules">Where it stands.</param>
    /// <param name="number">Which it is there.</param>
    internal sealed class FaultRule(FaultRules rules, int number) : IDisposable
    {
        private bool _isLifted;
        private long _hits;

        /// <summary>How often it was met.</summary>
        public long Hits => _isLifted ? _hits : rules._rules.ReadInt64((number * Size) + HitsOffset);

        /// <summary>From now on nothing goes wrong by it; what happened stays counted.</summary>
        public void Lift()
        {
            if (!_isLifted)
            {
                // Somebody else's rule may stand there next.
                rules._rules.Write((number * Size) + PermilleOffset, 0);
                (_hits, _isLifted) = (Hits, true);
            }
        }

        public void Dispose() => Lift();
    }
}
