using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace ActorSockets.Benchmarks.Subjects.DotNet;

/// <summary>Kestrel's socket transport with a <see cref="ConnectionHandler"/>, without HTTP.</summary>
internal static class KestrelEcho
{
    public static async Task<int> StartAsync(ServeArguments arguments)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            if (arguments.Scheme == "unix")
            {
                kestrel.ListenUnixSocket(arguments.Path, endpoint => Serve(endpoint, arguments));
            }
            else
            {
                kestrel.Listen(IPAddress.Loopback, 0, endpoint => Serve(endpoint, arguments));
            }
        });
        var app = builder.Build();
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return arguments.Scheme == "unix" ? 0 : new Uri(address).Port;
    }

    private static void Serve(ListenOptions endpoint, ServeArguments arguments)
    {
        if (arguments.Scheme == "tls")
        {
            endpoint.UseHttps(X509Certificate2.CreateFromPemFile(arguments.Certificate, arguments.Key));
        }

        if (arguments.Behaviour == Behaviour.Broadcast)
        {
            endpoint.UseConnectionHandler<BroadcastHandler>();
        }
        else
        {
            endpoint.UseConnectionHandler<EchoHandler>();
        }
    }

    private sealed class EchoHandler : ConnectionHandler
    {
        public override async Task OnConnectedAsync(ConnectionContext connection)
        {
            var (input, output) = (connection.Transport.Input, connection.Transport.Output);
            while (await input.ReadAsync() is { Buffer.IsEmpty: false } result)
            {
                foreach (var piece in result.Buffer)
                {
                    output.Write(piece.Span);
                }

                input.AdvanceTo(result.Buffer.End);
                await output.FlushAsync();
            }
        }
    }

    private sealed class BroadcastHandler : ConnectionHandler
    {
        private static readonly ConcurrentDictionary<ConnectionContext, bool> Everybody = new();
        private static readonly SemaphoreSlim Turn = new(1);

        // Tells the client that it will hear everything from here on.
        private static readonly byte[] Greeting = [0];

        public override async Task OnConnectedAsync(ConnectionContext connection)
        {
            var input = connection.Transport.Input;
            Everybody[connection] = true;
            await connection.Transport.Output.WriteAsync(Greeting);
            try
            {
                while (await input.ReadAsync() is { Buffer.IsEmpty: false } result)
                {
                    await SendToEverybodyAsync(result.Buffer);
                    input.AdvanceTo(result.Buffer.End);
                }
            }
            finally
            {
                Everybody.TryRemove(connection, out _);
            }
        }

        private static async Task SendToEverybodyAsync(ReadOnlySequence<byte> message)
        {
            // A pipe is for one writer at a time.
            await Turn.WaitAsync();
            try
            {
                foreach (var (connection, _) in Everybody)
                {
                    foreach (var piece in message)
                    {
                        await connection.Transport.Output.WriteAsync(piece);
                    }
                }
            }
            finally
            {
                Turn.Release();
            }
        }
    }
}
