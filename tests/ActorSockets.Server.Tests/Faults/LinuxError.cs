namespace ActorSockets.Server.Tests.Faults;

/// <summary>Linux' error numbers, by the names that its manual has for them.</summary>
public enum LinuxError
{
    EPERM = 1,
    EINTR = 4,
    ENOMEM = 12,
    ENFILE = 23,
    EMFILE = 24,
    ENOSPC = 28,
    EPROTO = 71,
    ENETDOWN = 100,
    ECONNABORTED = 103,
    ENOBUFS = 105,
    ETIMEDOUT = 110,
    EHOSTUNREACH = 113,
}
