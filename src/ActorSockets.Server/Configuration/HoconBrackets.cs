namespace ActorSockets.Server.Configuration;

/// <summary>Finds brackets and quotes without a partner: the parser of Akka.NET accepts some of them and never returns from others.</summary>
internal static class HoconBrackets
{
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
                open.Push((c, line));
            }
            else if ((c is '}' or ']') && (!open.TryPop(out var partner) || partner.Bracket != (c == '}' ? '{' : '[')))
            {
                return $"line {line}: '{c}' closes nothing that is open there";
            }
        }

        return open.TryPop(out var left) ? $"line {left.Line}: '{left.Bracket}' is never closed" : null;
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
