using Akka.Actor;

namespace ActorSockets.Tests;

public sealed class TreeTests : ServerTest
{
    [Fact]
    public async Task The_actors_stand_where_the_README_draws_them()
    {
        var server = await StartAsync(s => s.Listen("tcp://127.0.0.1:0").Handle<CounterActor>(), "drawn");
        using var client = await ConnectAsync(server);
        await SendAsync(client, "a\n");
        await ExpectAsync(client, "1 a\n");

        var root = await Sys.ActorSelection("/user/actor-sockets").ResolveOne(Deadline);
        var tree = Draw(root).Select(line => line.Replace("tcp-127.0.0.1-0-1", "<endpoint>", StringComparison.Ordinal)
            .Replace("drawn-1", "<id>", StringComparison.Ordinal).Replace("drawn", "<server>", StringComparison.Ordinal));

        Assert.Equal(
            ["actor-sockets", "actor-sockets/<server>", "actor-sockets/<server>/connections", "actor-sockets/<server>/connections/<id>",
             "actor-sockets/<server>/listeners", "actor-sockets/<server>/listeners/<endpoint>"],
            tree.Order(StringComparer.Ordinal));
        Assert.Equal(
            ["actor-sockets", "<server>", "listeners", "<endpoint>", "connections", "<id>"],
            DrawnInReadme());
    }

    private static IEnumerable<string> Draw(IActorRef actor) =>
        [string.Join('/', actor.Path.Elements.Skip(1)), .. ((ActorRefWithCell)actor).Children.SelectMany(Draw)];

    private static IEnumerable<string> DrawnInReadme()
    {
        var drawing = Readme.Text.Split("## The tree")[1].Split("```")[1];
        return drawing.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.TrimStart(' ', '│', '└', '├', '─').Split(' ')[0]);
    }
}
