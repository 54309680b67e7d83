using System.Text.RegularExpressions;
using ActorSockets.Configuration;

namespace ActorSockets.Tests;

/// <summary>The README's table of when a change takes effect.</summary>
public sealed partial class ReadmeOptionsTests
{
    private static readonly string[] Effects = ["at once", "with new connections", "at the next start"];

    [Fact]
    public void When_a_change_of_each_option_takes_effect_is_known() => Assert.Equal(
        typeof(SocketServerOptions).GetProperties().Select(property => property.Name).Order(StringComparer.Ordinal),
        OptionEffects.All.Select(option => option.Property).Order(StringComparer.Ordinal));

    [Fact]
    public void It_is_in_the_README() => Assert.Equal(
        Enum.GetValues<TakesEffect>().Select(effect => string.Join(", ", OptionEffects.All.Where(option => option.Effect == effect).Select(option => option.Key))),
        Effects.Select(effect => string.Join(", ", Key().Matches(Readme.Text.Split('\n').Single(line => line.StartsWith($"| {effect} |", StringComparison.Ordinal))).Select(match => match.Groups[1].Value))));

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Key();
}
