using Microsoft.Extensions.Options;

namespace ActorSockets.Hosting.Configuration;

/// <summary>Checks each value of the settings by itself; what they come to together is checked where servers start.</summary>
[OptionsValidator]
internal sealed partial class SocketServerSettingsValidator : IValidateOptions<SocketServerSettings>;
