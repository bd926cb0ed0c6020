// A level square over a floor that shows how loud it is there.
in vec4 p3d_Vertex; // x, y from 0 to 1 over the map
uniform mat4 p3d_ModelViewProjectionMatrix;
out vec2 place;

void main() {
    place = p3d_Vertex.xy;
    gl_Position = p3d_ModelViewProjectionMatrix * p3d_Vertex;
}
