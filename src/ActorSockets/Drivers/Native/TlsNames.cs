using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace ActorSockets.Drivers.Native;

/// <summary>What a server does in a handshake, by the name that the client asks for (SNI).</summary>
/// <param name="otherwise">For other names, and where the client asks for none.</param>
internal sealed class TlsNames(SslServerAuthenticationOptions otherwise)
{
    private static readonly IdnMapping Idn = new() { AllowUnassigned = true };

    private readonly Dictionary<string, SslServerAuthenticationOptions> _byName = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The names that a certificate is for, as .NET tells what clients ask for.</summary>
    public static IReadOnlyList<string> Of(X509Certificate2 certificate) =>
        [.. certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(names => names.EnumerateDnsNames()).Select(ToUnicode)];

    /// <summary>Adds what is done for a name, or for all of <c>*.domain</c>. What was there first stays.</summary>
    public void Add(string name, SslServerAuthenticationOptions options) => _byName.TryAdd(name, options);

    /// <summary>A name of its own comes before <c>*</c>, which stands for one label.</summary>
    public SslServerAuthenticationOptions Find(string name) =>
        _byName.TryGetValue(name, out var own) ? own
        : name.IndexOf('.', StringComparison.Ordinal) is >= 0 and var dot && _byName.TryGetValue("*" + name[dot..], out var any) ? any
        : otherwise;

    private static string ToUnicode(string name)
    {
        try
        {
            return name.StartsWith("*.", StringComparison.Ordinal) ? "*." + Idn.GetUnicode(name[2..]) : Idn.GetUnicode(name);
        }
        catch (ArgumentException)
        {
            // No client can ask for it in another form either.
            return name;
        }
    }
}
