using Akka.Configuration.Hocon;

namespace ActorSockets.Server.Configuration;

/// <summary>Finds substitutions that lead back to themselves: reading their value would never end.</summary>
internal static class HoconSubstitutions
{
    /// <returns>The path of a substitution in a circle; null when there is none.</returns>
    public static string? FindCircle(HoconValue? root) => root is null ? null : Walk(root, new HashSet<HoconValue>(ReferenceEqualityComparer.Instance), []);

    private static string? Walk(HoconValue value, HashSet<HoconValue> done, Stack<HoconValue> open)
    {
        if (!done.Add(value))
        {
            return null;
        }

        open.Push(value);
        foreach (var element in value.Values)
        {
            if (element is HoconSubstitution { ResolvedValue: { } resolved } substitution
                && (open.Any(ancestor => ReferenceEquals(ancestor, resolved)) || Walk(resolved, done, open) is not null))
            {
                return substitution.Path;
            }

            foreach (var child in ChildrenOf(element))
            {
                if (Walk(child, done, open) is { } found)
                {
                    return found;
                }
            }
        }

        open.Pop();
        return null;
    }

    private static IEnumerable<HoconValue> ChildrenOf(IHoconElement element) => element switch
    {
        HoconObject section => section.Items.Values,
        HoconArray list => list,
        _ => [],
    };
}
