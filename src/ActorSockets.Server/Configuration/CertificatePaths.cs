using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace ActorSockets.Server.Configuration;

/// <summary>The files of certificates that a configuration file names, in every section <c>tls</c>: they are where that file is, wherever the program is started.</summary>
internal static class CertificatePaths
{
    private const string Root = "actor-sockets";
    private const string Section = "tls";

    private static readonly string[] Keys = ["certificate", "key", "password-file", "client-ca"];

    /// <summary>Completes relative paths, in place: the actor system, which reads the configuration again, knows no file.</summary>
    public static void MakeAbsolute(Config config, string directory)
    {
        if (config.HasPath(Root))
        {
            MakeAbsolute(config.GetValue(Root), directory);
        }
    }

    private static void MakeAbsolute(HoconValue value, string directory)
    {
        if (!value.IsObject())
        {
            return;
        }

        foreach (var (key, child) in value.GetObject().Items)
        {
            if (key == Section)
            {
                MakeSectionAbsolute(child, directory);
            }
            else
            {
                MakeAbsolute(child, directory);
            }
        }
    }

    private static void MakeSectionAbsolute(HoconValue section, string directory)
    {
        foreach (var item in section.Values.OfType<HoconArray>().SelectMany(list => list))
        {
            MakeSectionAbsolute(item, directory);
        }

        if (!section.IsObject())
        {
            return;
        }

        foreach (var (key, value) in section.GetObject().Items)
        {
            if (Keys.Contains(key) && value.IsString() && value.GetString() is { Length: > 0 } path)
            {
                value.NewValue(new HoconLiteral { Value = Path.Combine(directory, path) });
            }
            else
            {
                MakeSectionAbsolute(value, directory);
            }
        }
    }
}
