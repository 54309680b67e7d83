namespace ActorSockets.Connections;

/// <summary>How large the next piece of memory shall be: small at first, larger where it is filled, smaller again where that lasts.</summary>
internal struct BufferSize
{
    /// <summary>In bytes, what it is at first.</summary>
    public const int Smallest = 4 * 1024;

    private const int FillsBeforeSmaller = 32;

    private int _doublings;
    private int _smallFills;

    /// <summary>In bytes, at most <see cref="Transport.FrameSize"/>.</summary>
    public readonly int Bytes => Smallest << _doublings;

    /// <summary>Notes how much of a piece was of use.</summary>
    public void Used(int bytes, bool wasAll)
    {
        if (wasAll && Bytes < Transport.FrameSize)
        {
            (_doublings, _smallFills) = (_doublings + 1, 0);
        }
        else if (bytes > Bytes / 4)
        {
            _smallFills = 0;
        }
        else if (_doublings > 0 && ++_smallFills == FillsBeforeSmaller)
        {
            (_doublings, _smallFills) = (_doublings - 1, 0);
        }
    }
}
