namespace ActorSockets.Diagnostics;

/// <summary>The connections of a server that ended last.</summary>
internal sealed class ClosedConnections
{
    private const int Kept = 1000;

    private readonly Lock _gate = new();
    private readonly List<ClosedConnection> _connections = [];
    private int _oldest;

    public void Add(in ClosedConnection connection)
    {
        lock (_gate)
        {
            if (_connections.Count < Kept)
            {
                _connections.Add(connection);
                return;
            }

            _connections[_oldest] = connection;
            _oldest = (_oldest + 1) % Kept;
        }
    }

    /// <summary>The one that ended last comes last.</summary>
    public IReadOnlyList<ClosedConnection> Read()
    {
        lock (_gate)
        {
            return [.. _connections[_oldest..], .. _connections[.._oldest]];
        }
    }
}
