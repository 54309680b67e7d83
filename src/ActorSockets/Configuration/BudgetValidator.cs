using System.Globalization;
using ActorSockets.Servers;
using Akka.Configuration;

namespace ActorSockets.Configuration;

/// <summary>
/// Refuses limits by which one connection or endpoint alone may hold more than <c>actor-sockets.memory-budget</c> lets all of them. What the budget is by default
/// depends on the machine, and a configuration is right or wrong wherever it is read: only one that was written counts.
/// </summary>
internal static class BudgetValidator
{
    /// <param name="prefix">What stands before the key in messages.</param>
    /// <param name="options">The options.</param>
    /// <param name="endpoints">Where the server listens.</param>
    /// <param name="budget">The budget of all servers.</param>
    /// <exception cref="ConfigurationException">A limit is above the budget; the message names the keys of both.</exception>
    public static void Validate(string prefix, SocketServerOptions options, IEnumerable<Endpoint> endpoints, MemoryBudget budget)
    {
        if (budget.IsDefault)
        {
            return;
        }

        Within("max-frame", options.MaxFrame);
        Within("input.window", options.InputWindow);
        Within("write-limit", options.WriteLimit);
        if (endpoints.Any(endpoint => endpoint.IsDatagram))
        {
            Within("datagram.buffer", options.DatagramBuffer);
        }

        void Within(string key, int value)
        {
            if (value > budget.Limit)
            {
                throw new ConfigurationException(string.Create(CultureInfo.InvariantCulture, $"{prefix}{key} = {value} must be at most {budget.Limit}, {MemoryBudget.Key}"));
            }
        }
    }
}
