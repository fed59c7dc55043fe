using System.Collections;
using Google.Api;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Ledger.Cli.Import.Sources;
using Type = System.Type;

namespace Ledger.Cli.Import.Mapping;

/// <summary>
/// A message of the contract with expressions in place of values. Compiled once from the mapping against the contract's
/// own descriptors, so that a member the contract does not have is refused with its path before the first row is read.
/// </summary>
internal sealed class DecisionTemplate
{
    private readonly Type type;
    private readonly Condition? when;
    private readonly List<(FieldDescriptor Field, Func<Scope, object?> Value)> single = [];
    private readonly List<(FieldDescriptor Field, List<Func<Scope, object?>> Values)> repeated = [];

    private DecisionTemplate(MessageDescriptor message, Node node, ExpressionReader reader, ISet<string> derived)
    {
        type = message.ClrType;
        foreach ((string name, Node value) in node.Members())
        {
            if (name == "when")
            {
                when = reader.Condition(value);
                continue;
            }

            FieldDescriptor? field = message.Fields.InDeclarationOrder().FirstOrDefault(candidate => candidate.JsonName == name);
            if (field is null)
            {
                throw new MappingException(value.Path, ImportText.Say("MappingUnknownField", message.FullName));
            }

            if (Behaves(field, FieldBehavior.OutputOnly) || derived.Contains(name))
            {
                throw value.Bad("MappingNotYours");
            }

            if (field.IsRepeated)
            {
                repeated.Add((field, [.. value.Items().Select(item => Setter(field, item, reader))]));
            }
            else
            {
                single.Add((field, Setter(field, value, reader)));
            }
        }

        foreach (FieldDescriptor field in message.Fields.InDeclarationOrder())
        {
            bool given = derived.Contains(field.JsonName) || node.Find(field.JsonName) is not null;
            if (!given && Behaves(field, FieldBehavior.Required))
            {
                throw node.Bad("MappingMissing", field.JsonName);
            }
        }
    }

    public static DecisionTemplate Read(MessageDescriptor message, Node node, ExpressionReader reader, params string[] derived) =>
        new(message, node, reader, derived.ToHashSet(StringComparer.Ordinal));

    /// <summary>The message; null if its <c>when</c> does not hold. What is wrong is noted in the scope.</summary>
    public IMessage? Build(Scope scope)
    {
        if (when is not null && !when.Holds(scope))
        {
            return null;
        }

        IMessage message = (IMessage)Activator.CreateInstance(type)!;
        foreach ((FieldDescriptor field, Func<Scope, object?> value) in single)
        {
            if (value(scope) is { } found)
            {
                field.Accessor.SetValue(message, found);
            }
        }

        foreach ((FieldDescriptor field, List<Func<Scope, object?>> values) in repeated)
        {
            IList list = (IList)field.Accessor.GetValue(message);
            foreach (Func<Scope, object?> value in values)
            {
                if (value(scope) is { } found)
                {
                    list.Add(found);
                }
            }
        }

        return message;
    }

    private static bool Behaves(FieldDescriptor field, FieldBehavior behaviour) =>
        field.GetOptions()?.GetExtension(FieldBehaviorExtensions.FieldBehavior)?.Contains(behaviour) ?? false;

    private static Func<Scope, object?> Setter(FieldDescriptor field, Node node, ExpressionReader reader)
    {
        if (field.FieldType == FieldType.Message)
        {
            if (field.MessageType == Timestamp.Descriptor)
            {
                Expression instant = reader.Read(node);
                return scope => instant.Evaluate(scope) switch
                {
                    null => null,
                    DateTimeOffset time => Timestamp.FromDateTimeOffset(time),
                    object other => scope.Fail(ProblemCode.NotATime, instant.Source, ImportText.Say("NotATime", Expression.Text(other))),
                };
            }

            if (field.MessageType == Duration.Descriptor)
            {
                Expression span = reader.Read(node);
                return scope => span.Evaluate(scope) switch
                {
                    null => null,
                    TimeSpan time => Duration.FromTimeSpan(time),
                    object other => scope.Fail(ProblemCode.NotANumber, span.Source, ImportText.Say("NotADuration", Expression.Text(other))),
                };
            }

            return Read(field.MessageType, node, reader).Build;
        }

        Expression value = reader.Read(node);
        return field.FieldType switch
        {
            FieldType.String => scope => value.Evaluate(scope) is { } found ? Expression.Text(found) : null,
            FieldType.Bool => scope => value.Evaluate(scope) switch
            {
                null => null,
                bool flag => flag,
                "true" => true,
                "false" => false,
                object other => scope.Fail(ProblemCode.NotAFlag, value.Source, ImportText.Say("NotAFlag", Expression.Text(other))),
            },
            FieldType.Double => scope => value.Evaluate(scope) switch
            {
                null => null,
                double number => number,
                long number => (double)number,
                object other => scope.Fail(ProblemCode.NotANumber, value.Source, ImportText.Say("NotANumber", Expression.Text(other))),
            },
            FieldType.Int64 => scope => value.Evaluate(scope) switch
            {
                null => null,
                long number => number,
                double number when number == Math.Truncate(number) && Math.Abs(number) < 1e15 => (long)number,
                object other => scope.Fail(ProblemCode.NotANumber, value.Source, ImportText.Say("NotANumber", Expression.Text(other))),
            },
            FieldType.Enum => EnumSetter(field.EnumType, node, value),
            FieldType.Bytes => scope => BytesOf(scope, value),
            _ => throw node.Bad("MappingExpected", field.FieldType.ToString()),
        };
    }

    private static Func<Scope, object?> EnumSetter(EnumDescriptor descriptor, Node node, Expression value)
    {
        Dictionary<string, object> values = descriptor.Values.ToDictionary(v => v.Name, v => System.Enum.ToObject(descriptor.ClrType, v.Number), StringComparer.Ordinal);
        if (value is Constant constant && !values.ContainsKey(Expression.Text(constant.Value)))
        {
            throw node.Bad("MappingNotInEnum", descriptor.Name, string.Join(", ", values.Keys));
        }

        return scope => value.Evaluate(scope) switch
        {
            null => null,
            object name when values.TryGetValue(Expression.Text(name), out object? number) => number,
            object other => scope.Fail(ProblemCode.NotInLookup, value.Source, ImportText.Say("NotInLookup", Expression.Text(other), descriptor.Name)),
        };
    }

    private static object? BytesOf(Scope scope, Expression value)
    {
        if (value.Evaluate(scope) is not { } found)
        {
            return null;
        }

        try
        {
            return ByteString.CopyFrom(Convert.FromHexString(Expression.Text(found)));
        }
        catch (FormatException)
        {
            return scope.Fail(ProblemCode.NotANumber, value.Source, ImportText.Say("NotHex", Expression.Text(found)));
        }
    }
}
