using System.Runtime.InteropServices;
using System.Text;

namespace ActorSockets.Drivers.Native;

/// <summary>Which file it is, whatever its name (Linux: <c>statx(2)</c>, whose result looks the same on every machine).</summary>
/// <param name="Device">The file system.</param>
/// <param name="Inode">Its number there.</param>
/// <param name="IsSocket">Whether it is a socket.</param>
internal readonly partial record struct FileIdentity(ulong Device, ulong Inode, bool IsSocket)
{
    private const int CurrentDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint TypeAndInode = 0x1 | 0x100;
    private const uint Owner = 0x8;
    private const int ResultSize = 256;
    private const int OwnerOffset = 20;
    private const int ModeOffset = 28;
    private const int InodeOffset = 32;
    private const int DeviceOffset = 136;
    private const int TypeMask = 0xF000;
    private const int SocketType = 0xC000;
    private const int NoSuchFile = 2;
    private const int NotDirectory = 20;

    /// <summary>Null where there is no file of this name.</summary>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    public static FileIdentity? Of(string path)
    {
        Span<byte> result = stackalloc byte[ResultSize];
        return Exists(path, TypeAndInode, result)
            ? new FileIdentity(
                MemoryMarshal.Read<ulong>(result[DeviceOffset..]),
                MemoryMarshal.Read<ulong>(result[InodeOffset..]),
                (MemoryMarshal.Read<ushort>(result[ModeOffset..]) & TypeMask) == SocketType)
            : null;
    }

    /// <summary>The number of the user that it belongs to, where that is not the one who runs this process; null: ours, or there is none.</summary>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    public static uint? OtherOwnerOf(string path)
    {
        Span<byte> result = stackalloc byte[ResultSize];
        return Exists(path, Owner, result) && MemoryMarshal.Read<uint>(result[OwnerOffset..]) is var owner && owner != GetUser() ? owner : null;
    }

    private static bool Exists(string path, uint what, Span<byte> result) =>
        Look(CurrentDirectory, Encoding.UTF8.GetBytes($"{path}\0"), NoFollow, what, result) == 0
        || (Marshal.GetLastPInvokeError() is NoSuchFile or NotDirectory ? false : throw new IOException($"{path}: {Marshal.GetLastPInvokeErrorMessage()}"));

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetUser();

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int Look(int directory, ReadOnlySpan<byte> path, int flags, uint mask, Span<byte> result);
}
