using System.ComponentModel.DataAnnotations;

namespace ActorSockets.Hosting.Configuration;

/// <summary>Each text of a list is an endpoint.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class EndpointsAttribute : ValidationAttribute
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        try
        {
            foreach (var text in (IReadOnlyList<string>?)value ?? [])
            {
                Endpoint.Parse(text);
            }

            return ValidationResult.Success;
        }
        catch (FormatException exception)
        {
            return new ValidationResult($"{validationContext.DisplayName}: {exception.Message}");
        }
    }
}
