namespace ActorSockets.Server.Configuration;

/// <summary>
/// Finds what the parser of Akka.NET does not refuse: brackets and quotes without a partner, which it accepts or never
/// returns from, and what it silently does wrong.
/// </summary>
internal static class HoconText
{
    // Its parser calls itself for each, and a stack that overflows ends the process.
    private const int Deepest = 100;

    /// <returns>What is wrong, with the line; null when nothing is.</returns>
    public static string? FindError(string text)
    {
        var open = new Stack<(char Bracket, int Line)>();
        var line = 1;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\n')
            {
                line++;
            }
            else if (c == ':' && string.CompareOrdinal(text, i, "://", 0, 3) == 0)
            {
                return $"line {line}: '//' begins a comment; an endpoint must stand in quotes";
            }
            else if (string.CompareOrdinal(text, i, "${?", 0, 3) == 0)
            {
                return $"line {line}: optional substitutions (${{?…}}) are not supported";
            }
            else if (IsInclude(text, i))
            {
                return $"line {line}: include is not supported";
            }
            else if (c == '#' || (c == '/' && i + 1 < text.Length && text[i + 1] == '/'))
            {
                var end = text.IndexOf('\n', i);
                i = end < 0 ? text.Length : end - 1;
            }
            else if (c == '"')
            {
                var end = EndOfString(text, i);
                if (end < 0)
                {
                    return $"line {line}: a quote is never closed";
                }

                line += text.AsSpan(i, end - i).Count('\n');
                i = end;
            }
            else if (c is '{' or '[')
            {
                if (open.Count == Deepest)
                {
                    return $"line {line}: more than {Deepest} brackets are open";
                }

                open.Push((c, line));
            }
            else if (c == '}' && open.Skip(1).FirstOrDefault().Bracket != '[' && text[(i + 1)..].TrimStart() is [',', ..])
            {
                return $"line {line}: no comma may follow '}}' (Akka.NET's HOCON); put what comes next on a line of its own";
            }
            else if ((c is '}' or ']') && (!open.TryPop(out var partner) || partner.Bracket != (c == '}' ? '{' : '[')))
            {
                return $"line {line}: '{c}' closes nothing that is open there";
            }
        }

        return open.TryPop(out var left) ? $"line {left.Line}: '{left.Bracket}' is never closed" : null;
    }

    private static bool IsInclude(string text, int start)
    {
        const string Keyword = "include";
        var end = start + Keyword.Length;
        return string.CompareOrdinal(text, start, Keyword, 0, Keyword.Length) == 0
            && (start == 0 || char.IsWhiteSpace(text[start - 1]) || text[start - 1] is '{' or ',')
            && end < text.Length && text[end..].TrimStart() is ['"', ..] or ['f', 'i', 'l', 'e', '(', ..] or ['u', 'r', 'l', '(', ..] or ['c', 'l', 'a', 's', 's', 'p', 'a', 't', 'h', '(', ..];
    }

    private static int EndOfString(string text, int start)
    {
        if (string.CompareOrdinal(text, start, "\"\"\"", 0, 3) == 0)
        {
            return text.IndexOf("\"\"\"", start + 3, StringComparison.Ordinal) is >= 0 and var end ? end + 2 : -1;
        }

        for (var i = start + 1; i < text.Length && text[i] != '\n'; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == '"')
            {
                return i;
            }
        }

        return -1;
    }
}
