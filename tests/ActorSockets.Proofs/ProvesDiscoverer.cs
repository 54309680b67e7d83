using Xunit.Abstractions;
using Xunit.Sdk;

namespace ActorSockets.Tests.Faults;

/// <summary>Tells xunit the trait that <see cref="ProvesAttribute"/> stands for.</summary>
public sealed class ProvesDiscoverer : ITraitDiscoverer
{
    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, string>> GetTraits(IAttributeInfo traitAttribute) => [new("Category", "Faults")];
}
