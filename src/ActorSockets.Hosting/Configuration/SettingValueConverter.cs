using System.ComponentModel;
using System.Globalization;

namespace ActorSockets.Hosting.Configuration;

/// <summary>How the binder of configurations reads such a value: it asks type converters.</summary>
internal sealed class SettingValueConverter<T> : TypeConverter
    where T : struct, ISettingValue<T>
{
    public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) => sourceType == typeof(string);

    public override object ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) => T.Parse((string)value);
}
