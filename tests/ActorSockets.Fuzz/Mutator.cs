using System.Buffers.Binary;

namespace ActorSockets.Fuzz;

/// <summary>Changes bytes as transmission errors, wrong programs and attackers do.</summary>
/// <param name="random">What decides.</param>
/// <param name="words">What may be put in.</param>
internal sealed class Mutator(Random random, params IReadOnlyList<byte[]> words)
{
    /// <summary>Longer ones are cut: the parsers' own limits are below.</summary>
    public const int MaxLength = 8 * 1024;

    private const int MostChanges = 6;
    private const int MostRepeated = 512;

    private static readonly byte[] Bytes = [0, 1, 2, 3, 0x7f, 0x80, 0x81, 0xfe, 0xff, (byte)'\r', (byte)'\n', (byte)' ', (byte)'0', (byte)':'];

    private static readonly ulong[] Lengths =
        [0, 1, 2, 3, 4, 7, 8, 9, 0x7f, 0x80, 0xff, 0x100, 0x1000, 0x7fff, 0x8000, 0xffff, 0x1_0000, int.MaxValue, 0x8000_0000, uint.MaxValue, long.MaxValue, 0x8000_0000_0000_0000, ulong.MaxValue];

    /// <summary>One to six changes.</summary>
    /// <param name="data">Stays as it is.</param>
    /// <param name="other">What parts may be taken from.</param>
    public byte[] Mutate(byte[] data, byte[] other)
    {
        var mutated = data.ToList();
        for (var changes = random.Next(MostChanges) + 1; changes > 0; changes--)
        {
            Change(mutated, other);
        }

        return [.. mutated.Take(MaxLength)];
    }

    private void Change(List<byte> data, byte[] other)
    {
        switch (random.Next(10))
        {
            case 0 when data.Count > 0:
                data[random.Next(data.Count)] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when data.Count > 0:
                data[random.Next(data.Count)] = AnyByte();
                break;
            case 2:
                data.Insert(Place(data), AnyByte());
                break;
            case 3:
                Remove(data);
                break;
            case 4:
                data.RemoveRange(Place(data) is var end ? end : 0, data.Count - end);
                break;
            case 5:
                var (from, count) = Part(data.Count, MostRepeated);
                data.InsertRange(Place(data), data.GetRange(from, count));
                break;
            case 6:
                var (start, length) = Part(other.Length, MaxLength);
                data.InsertRange(Place(data), other.AsSpan(start, length));
                break;
            case 7:
                Put(data, Length(data.Count), overwrites: true);
                break;
            case 8 when words.Count > 0:
                Put(data, words[random.Next(words.Count)], overwrites: random.Next(2) == 0);
                break;
            default:
                data.InsertRange(Place(data), Enumerable.Repeat(AnyByte(), random.Next(1, 64)));
                break;
        }
    }

    private byte AnyByte() => random.Next(2) == 0 ? (byte)random.Next(256) : Bytes[random.Next(Bytes.Length)];

    private int Place(List<byte> data) => random.Next(data.Count + 1);

    private (int Start, int Count) Part(int length, int most)
    {
        var start = random.Next(length + 1);
        return (start, random.Next(Math.Min(length - start, most) + 1));
    }

    private void Remove(List<byte> data)
    {
        var (start, count) = Part(data.Count, random.Next(3) == 0 ? data.Count : 4);
        data.RemoveRange(start, count);
    }

    private void Put(List<byte> data, ReadOnlySpan<byte> bytes, bool overwrites)
    {
        var place = Place(data);
        if (overwrites)
        {
            data.RemoveRange(place, Math.Min(bytes.Length, data.Count - place));
        }

        data.InsertRange(place, bytes);
    }

    /// <summary>A length of 1, 2, 4 or 8 bytes: one at a limit, or near to how much there is.</summary>
    private byte[] Length(int count)
    {
        var number = random.Next(3) == 0 ? (ulong)Math.Max(0, count + random.Next(-12, 13)) : Lengths[random.Next(Lengths.Length)];
        var bytes = new byte[sizeof(ulong)];
        var size = 1 << random.Next(4);
        if (random.Next(2) == 0)
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes, number);
            return bytes[^size..];
        }

        BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
        return bytes[..size];
    }
}
