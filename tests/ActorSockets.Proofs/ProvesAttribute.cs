using Xunit.Sdk;

namespace ActorSockets.Tests.Faults;

/// <summary>Says of a test that it shows a row of the fault matrix to be true, and makes it a test of faults. That each row has one is a test of the program's.</summary>
/// <param name="fault">The row's fault, with * for numbers and times.</param>
/// <param name="told">Words of what the row says is lost or told, which the test asserts.</param>
[TraitDiscoverer("ActorSockets.Tests.Faults.ProvesDiscoverer", "ActorSockets.Proofs")]
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class ProvesAttribute(string fault, string told) : Attribute, ITraitAttribute
{
    /// <summary>The row's fault.</summary>
    public string Fault => fault;

    /// <summary>What it says is lost or told.</summary>
    public string Told => told;
}
