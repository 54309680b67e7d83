namespace ActorSockets.Hosting.Configuration;

/// <summary>A value of the host's configuration that has a way of its own to be written.</summary>
internal interface ISettingValue<T>
{
    /// <exception cref="FormatException">The text is none.</exception>
    static abstract T Parse(string text);
}
