//! The part of Python's pickle machine that describes tensors (`Lib/pickletools.py`, protocols 2 to 4; `torch/_utils.py`).
//! Values lie in one list and refer to each other by number, so that no file can nest them too deeply to be freed.

use std::collections::HashMap;

use safetensors::Dtype;

use super::MOST_AXES;

/// Most values of a file. Each takes at least a byte of it.
const MOST_NODES: usize = 20_000_000;

/// The number of a value.
pub type NodeId = usize;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// `None`, a bool, a float or bytes: nothing a tensor is described with.
    Other,
    Integer(i64),
    Text(String),
    Tuple(Vec<NodeId>),
    List(Vec<NodeId>),
    Dictionary(Vec<(NodeId, NodeId)>),
    /// A function or class, by name.
    Global(Global),
    /// The numbers of tensors, in a part of the file.
    Storage {
        key: String,
        dtype: Dtype,
    },
    /// A view of a storage: the first number, shape and strides, in numbers.
    Tensor {
        storage: NodeId,
        offset: i64,
        shape: Vec<i64>,
        strides: Vec<i64>,
    },
}

/// The functions and classes that describe tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Global {
    Dictionary,
    Tensor,
    Parameter,
    Size,
    Storage(Dtype),
}

impl Global {
    fn named(module: &str, name: &str) -> Result<Self, String> {
        Ok(match (module, name) {
            ("collections", "OrderedDict") => Self::Dictionary,
            ("torch._utils", "_rebuild_tensor_v2") => Self::Tensor,
            ("torch._utils", "_rebuild_parameter") => Self::Parameter,
            ("torch", "Size") => Self::Size,
            ("torch", "FloatStorage") => Self::Storage(Dtype::F32),
            ("torch", "HalfStorage") => Self::Storage(Dtype::F16),
            ("torch", "BFloat16Storage") => Self::Storage(Dtype::BF16),
            ("torch", "DoubleStorage") => Self::Storage(Dtype::F64),
            ("torch", "LongStorage") => Self::Storage(Dtype::I64),
            ("torch", "IntStorage") => Self::Storage(Dtype::I32),
            ("torch", "ShortStorage") => Self::Storage(Dtype::I16),
            ("torch", "CharStorage") => Self::Storage(Dtype::I8),
            ("torch", "ByteStorage") => Self::Storage(Dtype::U8),
            ("torch", "BoolStorage") => Self::Storage(Dtype::BOOL),
            _ => {
                return Err(format!(
                    "it asks for {module}.{name}, which describes no tensor; nothing was run"
                ));
            }
        })
    }
}

/// The machine after a program has ended.
#[derive(Debug, Default)]
pub struct Machine {
    nodes: Vec<Node>,
    stack: Vec<NodeId>,
    /// The height of the stack at each open mark.
    marks: Vec<usize>,
    memo: HashMap<u64, NodeId>,
}

/// A program and the place in it.
struct Program<'p> {
    bytes: &'p [u8],
    at: usize,
}

impl<'p> Program<'p> {
    fn take(&mut self, count: usize) -> Result<&'p [u8], String> {
        let end = self.at.checked_add(count);
        let taken = end.and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or("it is cut short")?;
        self.at += count;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, String> {
        Ok(self.take(1)?[0])
    }

    /// An unsigned number of `count` bytes, little endian.
    fn number(&mut self, count: usize) -> Result<u64, String> {
        let bytes = self.take(count)?.iter().rev();
        Ok(bytes.fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    fn length(&mut self, count: usize) -> Result<usize, String> {
        usize::try_from(self.number(count)?).map_err(|_| "it is cut short".into())
    }

    fn text(&mut self, length: usize) -> Result<String, String> {
        let bytes = self.take(length)?;
        String::from_utf8(bytes.to_vec()).map_err(|_| "a name in it is not UTF-8".into())
    }

    fn line(&mut self) -> Result<String, String> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|&byte| byte == b'\n');
        let line = self.text(length.ok_or("it is cut short")?)?;
        self.at += 1;
        Ok(line)
    }

    /// A signed number of any length that fits, little endian.
    fn long(&mut self, length: usize) -> Result<Node, String> {
        let bytes = self.take(length)?;
        if length > 8 {
            return Ok(Node::Other); // such as the magic number of old files
        }
        let sign = bytes.last().is_some_and(|last| last & 0x80 != 0);
        let mut whole = [if sign { 0xff } else { 0 }; 8];
        whole[..length].copy_from_slice(bytes);
        Ok(Node::Integer(i64::from_le_bytes(whole)))
    }
}

impl Machine {
    /// Reads a program to its end. Returns the value it describes, and the number of bytes it took.
    pub fn run(&mut self, bytes: &[u8]) -> Result<(NodeId, usize), String> {
        self.stack.clear();
        self.marks.clear();
        self.memo.clear();
        let mut program = Program { bytes, at: 0 };
        loop {
            if let Some(result) = self.step(&mut program)? {
                return Ok((result, program.at));
            }
        }
    }

    /// A value by number.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id] // ids are only given out by this machine, which drops no value
    }

    /// The number format of each storage that the program described, by key.
    pub fn storages(&self) -> HashMap<&str, Dtype> {
        let storages = self.nodes.iter().filter_map(|node| match node {
            Node::Storage { key, dtype } => Some((key.as_str(), *dtype)),
            _ => None,
        });
        storages.collect()
    }

    /// The texts of a list.
    pub fn texts(&self, id: NodeId) -> Result<Vec<String>, String> {
        let Node::List(items) = self.node(id) else {
            return Err("its list of numbers is missing".into());
        };
        let texts = items.iter().map(|&item| match self.node(item) {
            Node::Text(text) => Ok(text.clone()),
            _ => Err("its list of numbers is damaged".into()),
        });
        texts.collect()
    }

    fn push(&mut self, node: Node) -> Result<(), String> {
        if self.nodes.len() >= MOST_NODES {
            return Err("it describes too many values".into());
        }
        self.nodes.push(node);
        self.stack.push(self.nodes.len() - 1);
        Ok(())
    }

    fn pop(&mut self) -> Result<NodeId, String> {
        let floor = self.marks.last().copied().unwrap_or(0);
        match self.stack.len() > floor {
            true => self.stack.pop().ok_or_else(damaged),
            false => Err(damaged()),
        }
    }

    fn top(&self) -> Result<NodeId, String> {
        self.stack.last().copied().ok_or_else(damaged)
    }

    /// Everything above the last mark.
    fn above_mark(&mut self) -> Result<Vec<NodeId>, String> {
        let mark = self.marks.pop().ok_or_else(damaged)?;
        Ok(self.stack.split_off(mark))
    }

    fn text_at(&self, id: NodeId) -> Result<&str, String> {
        match self.node(id) {
            Node::Text(text) => Ok(text),
            _ => Err(damaged()),
        }
    }

    fn recall(&mut self, key: u64) -> Result<(), String> {
        let id = *self.memo.get(&key).ok_or_else(damaged)?;
        self.stack.push(id);
        Ok(())
    }

    fn remember(&mut self, key: u64) -> Result<(), String> {
        self.memo.insert(key, self.top()?);
        Ok(())
    }

    /// One instruction. `Some`: the program has ended with this value.
    fn step(&mut self, program: &mut Program) -> Result<Option<NodeId>, String> {
        match program.byte()? {
            b'.' => return Ok(Some(self.pop()?)),
            0x80 => match program.byte()? {
                2..=5 => {}
                other => return Err(format!("it uses pickle protocol {other}")),
            },
            0x95 => {
                program.take(8)?; // a frame's length, which matters to readers from a network only
            }
            b'(' => self.marks.push(self.stack.len()),
            b'0' => {
                self.pop()?;
            }
            b'q' => self.remember(program.number(1)?)?,
            b'r' => self.remember(program.number(4)?)?,
            0x94 => self.remember(self.memo.len() as u64)?,
            b'h' => self.recall(program.number(1)?)?,
            b'j' => self.recall(program.number(4)?)?,
            b'N' | 0x88 | 0x89 => self.push(Node::Other)?,
            b'G' => {
                program.take(8)?;
                self.push(Node::Other)?;
            }
            b'K' => self.push(Node::Integer(program.number(1)? as i64))?,
            b'M' => self.push(Node::Integer(program.number(2)? as i64))?,
            b'J' => {
                let number = program.number(4)? as u32;
                self.push(Node::Integer(i64::from(number.cast_signed())))?;
            }
            code @ (0x8a | 0x8b) => {
                let length = program.length(if code == 0x8a { 1 } else { 4 })?;
                let long = program.long(length)?;
                self.push(long)?;
            }
            code @ (b'X' | 0x8c | 0x8d | b'T' | b'U') => {
                let length = program.length(match code {
                    0x8c | b'U' => 1,
                    0x8d => 8,
                    _ => 4,
                })?;
                let text = program.text(length)?;
                self.push(Node::Text(text))?;
            }
            code @ (b'B' | b'C' | 0x8e) => {
                let length = program.length(match code {
                    b'C' => 1,
                    0x8e => 8,
                    _ => 4,
                })?;
                program.take(length)?;
                self.push(Node::Other)?;
            }
            b'}' => self.push(Node::Dictionary(Vec::new()))?,
            b']' => self.push(Node::List(Vec::new()))?,
            b')' => self.push(Node::Tuple(Vec::new()))?,
            b't' => {
                let items = self.above_mark()?;
                self.push(Node::Tuple(items))?;
            }
            code @ 0x85..=0x87 => {
                let count = usize::from(code - 0x84);
                let mut items = Vec::new();
                for _ in 0..count {
                    items.insert(0, self.pop()?);
                }
                self.push(Node::Tuple(items))?;
            }
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])?;
            }
            b'e' => {
                let items = self.above_mark()?;
                self.append(items)?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.insert(&[key, value])?;
            }
            b'u' => {
                let items = self.above_mark()?;
                self.insert(&items)?;
            }
            b'c' => {
                let (module, name) = (program.line()?, program.line()?);
                self.push(Node::Global(Global::named(&module, &name)?))?;
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let global = Global::named(self.text_at(module)?, self.text_at(name)?)?;
                self.push(Node::Global(global))?;
            }
            b'Q' => {
                let id = self.pop()?;
                let storage = self.storage(id)?;
                self.push(storage)?;
            }
            b'R' | 0x81 => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                let made = self.called(function, arguments)?;
                self.stack.push(made);
            }
            b'b' => {
                self.pop()?; // the attributes of a dictionary, such as its versions
                if !matches!(self.node(self.top()?), Node::Dictionary(_)) {
                    return Err("it gives attributes to what is no dictionary".into());
                }
            }
            other => {
                return Err(format!(
                    "it holds instruction {other:#04x}, which describes no tensor; nothing was run"
                ));
            }
        }
        Ok(None)
    }

    fn append(&mut self, items: Vec<NodeId>) -> Result<(), String> {
        let list = self.top()?;
        match &mut self.nodes[list] {
            Node::List(all) => all.extend(items),
            _ => return Err(damaged()),
        }
        Ok(())
    }

    /// Keys and values in turn.
    fn insert(&mut self, items: &[NodeId]) -> Result<(), String> {
        let (pairs, rest) = items.as_chunks::<2>();
        let dictionary = self.top()?;
        match &mut self.nodes[dictionary] {
            Node::Dictionary(all) if rest.is_empty() => {
                all.extend(pairs.iter().map(|&[key, value]| (key, value)));
            }
            _ => return Err(damaged()),
        }
        Ok(())
    }

    /// `("storage", class, key, device, count)`, and in old files a view, which is not supported.
    fn storage(&self, id: NodeId) -> Result<Node, String> {
        let Node::Tuple(parts) = self.node(id) else {
            return Err(damaged());
        };
        let (kind, class, key) = match parts[..] {
            [kind, class, key, _, _] => (kind, class, key),
            [kind, class, key, _, _, view] if *self.node(view) == Node::Other => (kind, class, key),
            _ => return Err("its numbers are described in a way that is not known".into()),
        };
        if self.text_at(kind)? != "storage" {
            return Err(damaged());
        }
        let Node::Global(Global::Storage(dtype)) = self.node(class) else {
            return Err("it holds numbers of a kind that is not known".into());
        };
        Ok(Node::Storage {
            key: self.text_at(key)?.to_owned(),
            dtype: *dtype,
        })
    }

    /// What a function of tensors returns.
    fn called(&mut self, function: NodeId, arguments: NodeId) -> Result<NodeId, String> {
        let (Node::Global(global), Node::Tuple(parts)) =
            (self.node(function), self.node(arguments))
        else {
            return Err(damaged());
        };
        let made = match (global, &parts[..]) {
            (Global::Dictionary, []) => Node::Dictionary(Vec::new()),
            (Global::Size, &[sizes]) => {
                self.integers(sizes)?;
                self.node(sizes).clone()
            }
            (Global::Parameter, &[tensor, ..]) => return Ok(tensor),
            (Global::Tensor, &[storage, offset, shape, strides, ..]) => Node::Tensor {
                storage,
                offset: match self.node(offset) {
                    Node::Integer(offset) => *offset,
                    _ => return Err(damaged()),
                },
                shape: self.integers(shape)?,
                strides: self.integers(strides)?,
            },
            _ => return Err(damaged()),
        };
        self.push(made)?;
        self.pop()
    }

    fn integers(&self, id: NodeId) -> Result<Vec<i64>, String> {
        let (Node::Tuple(items) | Node::List(items)) = self.node(id) else {
            return Err(damaged());
        };
        if items.len() > MOST_AXES {
            return Err("a tensor has too many axes".into());
        }
        let numbers = items.iter().map(|&item| match self.node(item) {
            Node::Integer(number) => Ok(*number),
            _ => Err(damaged()),
        });
        numbers.collect()
    }
}

fn damaged() -> String {
    "it is damaged".into()
}
