using System.Globalization;

namespace ActorSockets.Server.BuiltIn;

/// <summary>The date and time as RFC 867 suggests it, such as <c>Monday, November 23, 2026 11:25:07+00:00</c>, with CR LF.</summary>
internal static class DaytimeLine
{
    public static string Now() =>
        DateTimeOffset.Now.ToString("dddd, MMMM d, yyyy HH:mm:sszzz", CultureInfo.InvariantCulture) + "\r\n";
}
